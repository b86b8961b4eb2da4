import { useTranslation } from 'react-i18next';
import { useMay } from '@/auth/useSession';
import { Dialog } from '@/ui/Dialog';
import { Kbd } from '@/ui/Kbd';
import { railOf } from '../routes';
import styles from './layers.module.css';
import { closeLayer } from './layers';
import { usePageKeys } from './pageKeys';

/** Every key that does something here: those of the page first, then those of everywhere. */
export default function KeySheet() {
  const { t } = useTranslation();
  const may = useMay();
  const own = usePageKeys();
  return (
    <Dialog title={t('keys.title')} opened onClose={closeLayer} size={560}>
      {own && <KeyList title={own.title} keys={own.keys} />}
      <KeyList
        title={t('keys.everywhere')}
        keys={[
          { keys: [`${t('key.ctrl')} K`], does: t('keys.palette') },
          { keys: ['?'], does: t('keys.sheet') },
          { keys: [t('key.escape')], does: t('keys.close') },
          ...railOf(may).flatMap((route) =>
            route.letter
              ? [
                  {
                    keys: ['G', route.letter.toUpperCase()],
                    does: t('keys.go', { page: t(`nav.${route.name}`) }),
                  },
                ]
              : [],
          ),
        ]}
      />
    </Dialog>
  );
}

function KeyList({ title, keys }: { title: string; keys: { keys: string[]; does: string }[] }) {
  return (
    <section className={styles['keys']}>
      <h3>{title}</h3>
      <dl>
        {keys.map((entry) => (
          <div key={entry.does}>
            <dt>
              {entry.keys.map((key) => (
                <Kbd key={key} always>
                  {key}
                </Kbd>
              ))}
            </dt>
            <dd>{entry.does}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
