/** Reading codes with the camera: only where the browser can do it by itself (Chrome on Android). */

interface Detector {
  detect: (source: HTMLVideoElement) => Promise<{ rawValue: string }[]>;
}

declare global {
  interface Window {
    BarcodeDetector?: new (options?: { formats: string[] }) => Detector;
  }
}

export function canReadCodes(): boolean {
  return window.BarcodeDetector !== undefined && 'mediaDevices' in navigator;
}

const FORMATS = ['ean_13', 'ean_8', 'upc_a', 'upc_e', 'code_128', 'code_39', 'itf', 'qr_code'];

/** Shows the camera in a video, and calls back with the first code that it sees. */
export async function readWithCamera(
  video: HTMLVideoElement,
  onCode: (code: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if (!window.BarcodeDetector) return;
  const detector = new window.BarcodeDetector({ formats: FORMATS });
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: 'environment' },
  });
  const stop = () => {
    for (const track of stream.getTracks()) track.stop();
  };
  signal.addEventListener('abort', stop);
  if (signal.aborted) {
    stop();
    return;
  }
  video.srcObject = stream;
  await video.play();
  while (!signal.aborted) {
    const [found] = await detector.detect(video).catch(() => []);
    if (found) {
      onCode(found.rawValue);
      stop();
      return;
    }
    await new Promise((done) => setTimeout(done, 120));
  }
}
