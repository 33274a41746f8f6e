// Things to say at length: long enough to be interrupted.

/** Between 20 and 30 s of speech in the slowest and the fastest voice. */
export const LONG_STORY =
  'Once there was a small lighthouse at the end of a long road. Every evening its keeper lit the lamp and counted the ' +
  'ships that went by. One night the fog was so thick that she could not see a single one. So she rang the old bell, ' +
  'again and again, until morning. When the sun came up, seven boats lay safe in the bay, and every sailor waved to her. ' +
  'From that day on, they called her the voice of the harbor.';

export const SHORT_STORY =
  'Once a packet lost its way across the network. It was sent again, it arrived, and nobody ever noticed.';

export const JOKE = 'Why did the packet cross the network? To get to the other side, eventually.';
