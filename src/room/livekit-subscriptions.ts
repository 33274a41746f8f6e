// The tracks of others in an rtc-node Room: which are subscribed, and the events of their coming and going.
import {
  EncryptionType,
  RoomEvent as Event,
  type RemoteTrack as LiveKitTrack,
  type RemoteParticipant,
  type RemoteTrackPublication,
  type Room,
  TrackKind,
} from '@livekit/rtc-node';
import type { Logger } from '../util/log.js';
import { describeTrack, hasRecording, isWanted } from './livekit-tracks.js';
import { chooseAudio, leftOut, MAX_MICROPHONES } from './microphones.js';
import type { RemoteTrack, RoomEvent } from './port.js';
import type { Unreadable } from './unreadable.js';

/** Above those of 16 microphones and of the port itself. */
const MAX_LISTENERS = 64;

export interface SubscriptionsOptions {
  readonly room: Room;
  readonly emit: (event: RoomEvent) => void;
  /** Whose tracks cannot be decrypted. */
  readonly unreadable: Unreadable;
  readonly log: Logger;
}

interface Published {
  readonly publication: RemoteTrackPublication;
  readonly participant: RemoteParticipant;
}

interface Subscribed extends Published {
  readonly track: LiveKitTrack;
}

export interface Microphone {
  readonly track: LiveKitTrack;
  readonly identity: string;
  readonly hasRecording: boolean;
}

type AnyPublication = { readonly sid?: string | undefined; readonly kind?: TrackKind | undefined };

export class LiveKitSubscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #subscribed = new Map<string, Subscribed>();
  /** Audio tracks that the server was asked for. */
  readonly #asked = new Map<string, RemoteTrackPublication>();
  #mayHear: (track: RemoteTrack) => boolean = () => true;
  /** People whose open microphone is not received, because there are too many. */
  #leftOut: ReadonlySet<string> = new Set();

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /** Follows the room's events; call it before the Room connects. */
  start(): void {
    this.#options.room
      // Each microphone's stream listens to its room: Node would warn of a leak at the eleventh.
      .setMaxListeners(MAX_LISTENERS)
      .on(Event.TrackPublished, (publication) => {
        this.review();
        this.#videoChanged(publication);
      })
      .on(Event.TrackUnpublished, (publication) => {
        this.#asked.delete(publication.sid ?? '');
        this.review();
        this.#videoChanged(publication);
      })
      .on(Event.TrackSubscribed, (track, publication, participant) => {
        this.#subscribed.set(publication.sid ?? '', { track, publication, participant });
        this.#options.emit({ type: 'track-started', track: describeTrack(publication, participant) });
      })
      .on(Event.TrackUnsubscribed, (_track, publication, participant) => {
        if (!this.#subscribed.delete(publication.sid ?? '')) return;
        this.#options.emit({ type: 'track-stopped', track: describeTrack(publication, participant) });
      })
      .on(Event.TrackMuted, (publication, participant) => this.#onMuted(publication, participant))
      .on(Event.TrackUnmuted, (publication, participant) => this.#onMuted(publication, participant))
      // A participant who was not known when their track was published is known now.
      .on(Event.ParticipantConnected, () => this.review())
      .on(Event.ParticipantDisconnected, () => this.review());
  }

  /** Tracks that are received now. */
  tracks(): readonly RemoteTrack[] {
    return [...this.#subscribed.values()].map(({ publication, participant }) =>
      describeTrack(publication, participant),
    );
  }

  /** A track that is received, and whether its client has recorded what was said before. */
  microphone(sid: string): Microphone | undefined {
    const subscribed = this.#subscribed.get(sid);
    if (!subscribed) return undefined;
    const { track, publication, participant } = subscribed;
    const { identity } = participant;
    return { track, identity, hasRecording: hasRecording(publication, participant) };
  }

  /** Cameras and screens of people, whether or not they are received. */
  videos(): readonly Published[] {
    return this.#readable().filter(({ publication, participant }) =>
      isWanted(TrackKind.KIND_VIDEO, publication, participant),
    );
  }

  /** Only audio tracks for which this holds are received; asked for each again whenever one changes. */
  select(mayHear: (track: RemoteTrack) => boolean): void {
    this.#mayHear = mayHear;
    this.review();
  }

  /** After a reconnect: what was asked for between the old connection and the new one is lost. */
  reconnected(): void {
    for (const sid of this.#asked.keys()) if (!this.#subscribed.has(sid)) this.#asked.delete(sid);
    this.review();
  }

  /** Asks for the audio tracks that are to be received, and gives the others back. */
  review(): void {
    this.#findEncrypted();
    const audio = this.#readable().filter(({ publication, participant }) =>
      isWanted(TrackKind.KIND_AUDIO, publication, participant),
    );
    const candidates = audio
      .map(({ publication, participant }) => describeTrack(publication, participant))
      .filter((track) => this.#mayHear(track));
    const chosen = chooseAudio(candidates, new Set(this.#asked.keys()));
    this.#reportLeftOut(leftOut(candidates, chosen));
    for (const [sid, publication] of this.#asked) {
      if (chosen.has(sid)) continue;
      this.#asked.delete(sid);
      this.#subscribe(publication, false);
    }
    for (const { publication } of audio) {
      const sid = publication.sid ?? '';
      if (!chosen.has(sid) || this.#asked.has(sid)) continue;
      this.#asked.set(sid, publication);
      this.#subscribe(publication, true);
    }
  }

  /** A person who is not received, because there are too many, gets to know it: they would speak to nobody. */
  #reportLeftOut(identities: ReadonlySet<string>): void {
    for (const identity of identities) {
      if (this.#leftOut.has(identity)) continue;
      const reason = `your microphone is not listened to until one of the ${MAX_MICROPHONES} that are is muted or gone`;
      this.#options.emit({ type: 'refused', identity, code: 'not_heard', reason });
    }
    this.#leftOut = identities;
  }

  #readable(): readonly Published[] {
    const { unreadable } = this.#options;
    return this.#published().filter(({ publication }) => unreadable.admits(isEncrypted(publication)));
  }

  #findEncrypted(): void {
    const encrypted = this.#published().filter(({ publication }) => isEncrypted(publication));
    this.#options.unreadable.published(new Set(encrypted.map(({ participant }) => participant.identity)));
  }

  #published(): readonly Published[] {
    return [...this.#options.room.remoteParticipants.values()].flatMap((participant) =>
      [...participant.trackPublications.values()].map((publication) => ({ publication, participant })),
    );
  }

  #subscribe(publication: RemoteTrackPublication, wanted: boolean): void {
    try {
      publication.setSubscribed(wanted);
    } catch (error) {
      // The track was unpublished meanwhile, and rtc-node throws.
      this.#options.log.debug({ err: error, trackSid: publication.sid }, 'a track is gone');
    }
  }

  #videoChanged(publication: AnyPublication): void {
    if (publication.kind === TrackKind.KIND_VIDEO) this.#options.emit({ type: 'videos-changed' });
  }

  #onMuted(publication: AnyPublication, participant: { readonly identity: string } | undefined): void {
    this.#videoChanged(publication);
    const subscribed = this.#subscribed.get(publication.sid ?? '');
    if (subscribed && subscribed.participant.identity === participant?.identity) {
      const track = describeTrack(subscribed.publication, subscribed.participant);
      this.#options.emit({ type: 'track-muted', track });
    }
    this.review();
  }
}

function isEncrypted({ encryptionType }: RemoteTrackPublication): boolean {
  return encryptionType !== undefined && encryptionType !== EncryptionType.NONE;
}
