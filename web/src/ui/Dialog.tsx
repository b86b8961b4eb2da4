import { Drawer as MantineDrawer, Modal } from '@mantine/core';
import '@mantine/core/styles/CloseButton.css';
import '@mantine/core/styles/Drawer.css';
import '@mantine/core/styles/Modal.css';
import '@mantine/core/styles/ModalBase.css';
import '@mantine/core/styles/Overlay.css';
import '@mantine/core/styles/Paper.css';
import '@mantine/core/styles/ScrollArea.css';
import '@mantine/core/styles/UnstyledButton.css';
import { useTranslation } from 'react-i18next';
import { cx } from './cx';
import styles from './overlays.module.css';

interface OverlayProps {
  title: string;
  opened: boolean;
  onClose: () => void;
  children: React.ReactNode;
  size?: number | undefined;
}

// No locking of the page's scroll: the library does it with a style tag that the content policy
// refuses. The page behind is inert all the same.
const shared = {
  lockScroll: false,
  keepMounted: false,
  transitionProps: { duration: 120 },
} as const;

const looks = (kind: 'dialog' | 'drawer') => ({
  content: cx(styles['content'], styles[kind]),
  header: styles['header'] ?? '',
  title: styles['title'] ?? '',
  body: styles['body'] ?? '',
  close: styles['close'] ?? '',
  overlay: styles['overlay'] ?? '',
});

/** A question on top of the page. The focus stays inside, and returns to where it came from. */
export function Dialog({ title, opened, onClose, children, size = 440 }: OverlayProps) {
  const { t } = useTranslation();
  return (
    <Modal
      {...shared}
      opened={opened}
      onClose={onClose}
      title={title}
      size={size}
      classNames={looks('dialog')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {children}
    </Modal>
  );
}

/** Details beside the list that they belong to. */
export function Drawer({ title, opened, onClose, children, size = 480 }: OverlayProps) {
  const { t } = useTranslation();
  return (
    <MantineDrawer
      {...shared}
      opened={opened}
      onClose={onClose}
      title={title}
      size={size}
      position="right"
      classNames={looks('drawer')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {children}
    </MantineDrawer>
  );
}

/** The actions at the foot of a dialog. */
export function DialogActions({ children }: { children: React.ReactNode }) {
  return <div className={styles['foot']}>{children}</div>;
}
