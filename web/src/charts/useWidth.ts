import { useCallback, useState } from 'react';

/** The width of an element in CSS pixels: a graph is drawn for it, its text never scaled. */
export function useWidth(first: number): [(element: HTMLElement | null) => void, number] {
  const [width, setWidth] = useState(first);
  const ref = useCallback((element: HTMLElement | null) => {
    if (!element) return;
    const measure = () => {
      if (element.clientWidth > 0) setWidth(element.clientWidth);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);
  return [ref, width];
}
