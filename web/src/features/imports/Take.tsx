import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { download } from '@/api/download';
import { asProblem, problemSentence } from '@/api/problem';
import { Button } from '@/ui/Button';
import { toast } from '@/ui/toasts';

/** A button that brings a file of the API. */
export function Take({
  path,
  name,
  className,
  children,
}: {
  path: string;
  name: string;
  className?: string | undefined;
  children: React.ReactNode;
}) {
  const [busy, setBusy] = useState(false);
  const take = async () => {
    setBusy(true);
    try {
      await download(path, name);
    } catch (failure) {
      toast(problemSentence(asProblem(failure)), { bad: true });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button disabled={busy} className={className} onClick={() => void take()}>
      <IconDownload size={18} stroke={1.7} aria-hidden />
      {children}
    </Button>
  );
}
