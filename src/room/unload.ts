// Ends rtc-node's native library, whose threads keep a process alive.
export { dispose as unloadNative } from '@livekit/rtc-node';
