import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '@/ui/Dialog';
import { readWithCamera } from './camera';

export function CameraDialog({
  onClose,
  onCode,
}: {
  onClose: () => void;
  onCode: (code: string) => void;
}) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const stop = new AbortController();
    if (video.current) {
      readWithCamera(video.current, onCode, stop.signal).catch(onClose);
    }
    return () => {
      stop.abort();
    };
  }, [onCode, onClose]);
  return (
    <Dialog title={t('action.scan')} opened onClose={onClose}>
      <video ref={video} muted playsInline style={{ width: '100%' }} />
    </Dialog>
  );
}
