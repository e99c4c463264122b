/**
 * The input cannot be read at all: no such file, no capture format, no permission. `message` names the file and the
 * place.
 */
export class CaptureError extends Error {
  override name = 'CaptureError';
}

/**
 * A file that could be read, and whose bytes are none of a capture, or of which there are none: in a folder it may be
 * anything.
 */
export class NoCapture extends CaptureError {}
