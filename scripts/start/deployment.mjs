// Whether the LiveKit deployment that LIVEKIT_URL names is there and takes our key, before anything is started.
import { SetupError } from '../setup/setup-error.mjs';
import { signToken } from './token.mjs';

const ANSWER_WITHIN_MS = 5_000;

/** @param {import('./token.mjs').Deployment} deployment */
export async function demandDeployment(deployment) {
  const { host } = new URL(deployment.url);
  const token = signToken(deployment, { video: { roomList: true } }, 60);
  const status = await listRooms(deployment.url, token);
  if (status === undefined) {
    const remedy = 'start that server, correct LIVEKIT_URL, or unset it to use a local one';
    throw new SetupError(`LIVEKIT_URL does not answer (${host})`, remedy);
  }
  if (status === 401 || status === 403) {
    const remedy = 'set LIVEKIT_API_KEY and LIVEKIT_API_SECRET to those of that server';
    throw new SetupError(`${host} refuses the LiveKit key`, remedy);
  }
  if (status >= 400) {
    throw new SetupError(
      `${host} answers with HTTP ${status}, not as a LiveKit server`,
      'correct LIVEKIT_URL',
    );
  }
}

/** @param {string} url @param {string} token @returns {Promise<number | undefined>} */
async function listRooms(url, token) {
  const address = new URL('/twirp/livekit.RoomService/ListRooms', url.replace(/^ws/i, 'http'));
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{}',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
