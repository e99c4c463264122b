/** The input cannot be read at all: no such file, no capture format, no permission. `message` names the file and the place. */
export class CaptureError extends Error {
  override name = 'CaptureError';
}
