// What is sent again after a loss is transcribed again, or not, or in part: its words are captioned once.
import { expect, test } from 'vitest';
import { IDLE_FINAL_MS } from '../../../src/turns/utterance.js';
import { Listener } from './listener.js';

test('words that come again are left out in pieces of a word, where the answer begins between them', () => {
  const heard = new Listener();
  heard.fragment('Hello there. What is new?');
  heard.wait(IDLE_FINAL_MS);
  heard.send({ type: 'restarted', text: 'Hello there. What is new?' });
  heard.fragment('Hello the');
  heard.send({ type: 'answered' });
  heard.wait(900);
  heard.fragment('re.');
  heard.wait(IDLE_FINAL_MS);
  heard.fragment('What is new? Thanks.');
  heard.wait(IDLE_FINAL_MS);
  expect(heard.finals).toEqual(['Hello there. What is new?', 'Thanks.']);
});

test('words that come again are left out after others, in the same caption or in one before', () => {
  const before = new Listener();
  before.fragment('What is new today?');
  before.wait(IDLE_FINAL_MS);
  before.send({ type: 'restarted', text: 'What is new today?' });
  before.fragment('Good morning.');
  before.wait(IDLE_FINAL_MS);
  before.fragment('What is new today?');
  before.wait(2 * IDLE_FINAL_MS);
  expect(before.finals).toEqual(['What is new today?', 'Good morning.']);
  const same = new Listener();
  same.fragment('What is new today?');
  same.wait(IDLE_FINAL_MS);
  same.send({ type: 'restarted', text: 'What is new today?' });
  same.fragment('Good morning. What is new today?');
  same.wait(IDLE_FINAL_MS);
  expect(same.finals).toEqual(['What is new today?', 'Good morning.']);
});

test('words are new where they only begin like those that are expected again', () => {
  const heard = new Listener();
  heard.fragment('Now what time is it?');
  heard.wait(IDLE_FINAL_MS);
  heard.send({ type: 'restarted', text: 'Now what time is it?' });
  heard.fragment('No.');
  heard.wait(IDLE_FINAL_MS);
  expect(heard.finals).toEqual(['Now what time is it?', 'No.']);
});

test('words are new after a second hearing that ends sooner than the first', () => {
  const heard = new Listener();
  heard.fragment('Hello there. What is new?');
  heard.wait(IDLE_FINAL_MS);
  heard.send({ type: 'restarted', text: 'Hello there. What is new?' });
  heard.fragment('Hello there. Thanks.');
  heard.wait(IDLE_FINAL_MS);
  expect(heard.finals).toEqual(['Hello there. What is new?', 'Thanks.']);
});

test('words that are not transcribed again are kept through another loss, beside those that came in their place', () => {
  const heard = new Listener();
  heard.fragment('Hello there.');
  heard.send({ type: 'restarted', text: 'Hello there.' });
  heard.send({ type: 'answered' });
  heard.fragment('What is new?');
  heard.send({ type: 'restarted', text: 'What is new?' });
  heard.fragment('What is new?');
  heard.wait(IDLE_FINAL_MS);
  expect(heard.finals).toEqual(['Hello there.', 'What is new?']);
});

test('words that were left out are not shown before those of another utterance', () => {
  const heard = new Listener();
  heard.fragment('Stop it.');
  heard.wait(IDLE_FINAL_MS);
  heard.send({ type: 'restarted', text: 'Stop it.' });
  heard.fragment('Stop');
  heard.send({ type: 'answered' });
  heard.wait(1_700);
  heard.fragment(' And what about tomorrow?');
  heard.wait(IDLE_FINAL_MS);
  expect(heard.finals).toEqual(['Stop it.', 'And what about tomorrow?']);
});

test('a sentence of one word that comes again is left out in the midst of others too', () => {
  const heard = new Listener();
  heard.fragment('Go on. Stop. And what is the time?');
  heard.wait(IDLE_FINAL_MS);
  heard.send({ type: 'restarted', text: 'Go on. Stop. And what is the time?' });
  heard.fragment('Stop.');
  heard.wait(IDLE_FINAL_MS);
  expect(heard.finals).toEqual(['Go on. Stop. And what is the time?']);
});

test('a second hearing that takes the place of the first is not cut off within a sentence by an answer', () => {
  const heard = new Listener();
  heard.fragment('Go forward. Then left. Then stop.');
  heard.send({ type: 'restarted', text: 'Go forward. Then left. Then stop.' });
  heard.fragment('Go ');
  heard.send({ type: 'answered' });
  heard.wait(900);
  heard.fragment('forward.');
  heard.wait(600);
  heard.fragment(' Then left.');
  heard.fragment(' Then stop.');
  heard.wait(2 * IDLE_FINAL_MS);
  expect(heard.finals).toEqual(['Go forward.', 'Then left. Then stop.']);
});

test('a word that the captions of the first hearing have in two pieces is shown whole, and no word after it twice', () => {
  const heard = new Listener();
  heard.send({ type: 'answered' });
  heard.fragment('Hel');
  heard.wait(500);
  heard.fragment('lo there.');
  heard.fragment(' What is new?');
  heard.send({ type: 'restarted', text: 'Hello there. What is new?' });
  heard.fragment('Hello there.');
  heard.fragment(' What is new?');
  heard.wait(2 * IDLE_FINAL_MS);
  expect(heard.finals).toEqual(['Hel', 'Hello there. What is new?']);
});
