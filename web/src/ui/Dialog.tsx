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
  title: styles['title'] ?? '',
  body: styles['body'] ?? '',
  close: styles['close'] ?? '',
  overlay: styles['overlay'] ?? '',
});

// The library's own head is a `header`, which would be a second banner of the page.
function Inside({
  parts,
  title,
  children,
}: {
  parts: typeof Modal | typeof MantineDrawer;
  title: string;
  children: React.ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <>
      <parts.Overlay />
      <parts.Content>
        <div className={styles['header']}>
          <parts.Title>{title}</parts.Title>
          <parts.CloseButton aria-label={t('action.close')} />
        </div>
        <parts.Body>{children}</parts.Body>
      </parts.Content>
    </>
  );
}

/** A question on top of the page. The focus stays inside, and returns to where it came from. */
export function Dialog({ title, opened, onClose, children, size = 440 }: OverlayProps) {
  return (
    <Modal.Root
      {...shared}
      classNames={looks('dialog')}
      opened={opened}
      onClose={onClose}
      size={size}
    >
      <Inside parts={Modal} title={title}>
        {children}
      </Inside>
    </Modal.Root>
  );
}

/** Details beside the list that they belong to. */
export function Drawer({ title, opened, onClose, children, size = 480 }: OverlayProps) {
  return (
    <MantineDrawer.Root
      {...shared}
      classNames={looks('drawer')}
      opened={opened}
      onClose={onClose}
      size={size}
      position="right"
    >
      <Inside parts={MantineDrawer} title={title}>
        {children}
      </Inside>
    </MantineDrawer.Root>
  );
}

/** The actions at the foot of a dialog. */
export function DialogActions({ children }: { children: React.ReactNode }) {
  return <div className={styles['foot']}>{children}</div>;
}
