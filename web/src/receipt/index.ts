export { paperWidth, printReceipt, setPaperWidth, shareReceipt } from './hand';
export { receiptOfEntry, receiptOfSale, saleNumber, type Receipt } from './model';
export { ReceiptSlip } from './ReceiptSlip';
export { PrintRoot } from './PrintRoot';
export { setPage } from './paper';
