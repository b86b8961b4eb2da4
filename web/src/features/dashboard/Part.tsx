import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { ErrorState, Skeleton } from '@/ui/states';

/** The states of one part of the page, in its place: each fails and comes back by itself. */
export function Part<T>({
  query,
  rows,
  widths,
  children,
}: {
  query: Pick<UseQueryResult<T>, 'data' | 'error' | 'refetch'>;
  rows: number;
  widths?: number[];
  children: (data: T) => React.ReactNode;
}) {
  const { data, error, refetch } = query;
  if (data !== undefined) return children(data);
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return <Skeleton rows={rows} {...(widths && { widths })} />;
}

/** Children once they come into view, or are wanted for print; their room is kept before. */
export function Seen({
  now,
  height,
  children,
}: {
  now: boolean;
  height: number;
  children: React.ReactNode;
}) {
  const place = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (!element || seen) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [seen]);
  if (seen || now) return children;
  return <div ref={place} style={{ minHeight: height }} />;
}
