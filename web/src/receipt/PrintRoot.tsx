import { useEffect, useRef } from 'react';
import { createPortal } from 'react-dom';
import { donePrinting, paperWidth, usePrinting } from './hand';
import { setPage } from './paper';
import styles from './PrintRoot.module.css';
import { ReceiptSlip } from './ReceiptSlip';

/** Where a receipt that is printed lies: beside the page, which the paper does not show. */
export function PrintRoot() {
  const receipt = usePrinting();
  const width = paperWidth();
  const paper = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!receipt) return;
    void document.fonts.ready.then(() => {
      const restore = paper.current && setPage(width, paper.current);
      print();
      restore?.();
      donePrinting();
    });
  }, [receipt, width]);
  if (!receipt) return null;
  return createPortal(
    <div ref={paper} className={styles['paper']} data-print data-width={width} aria-hidden="true">
      <ReceiptSlip receipt={receipt} width={width} />
    </div>,
    document.body,
  );
}
