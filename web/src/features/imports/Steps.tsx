import { IconCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { cx } from '@/ui/cx';
import type { Import } from './api';
import styles from './imports.module.css';
import { isOpen, STEPS, type Step } from './steps';

type Place = 'fichier' | Step;

/** The four steps: which are done, where one is, and what each has found. */
export function Steps({ current, found }: { current: Place; found?: Import }) {
  const { t } = useTranslation('imports');
  const places: Place[] = ['fichier', ...STEPS];
  const at = places.indexOf(current);
  const notes: Partial<Record<Place, string>> = found ? notesOf(found, t) : {};
  return (
    <ol className={styles['steps']} aria-label={t('steps')}>
      {places.map((place, index) => {
        const done = index < at;
        const to = place === 'fichier' ? '/import' : `/import/${found?.id ?? ''}/${place}`;
        const open =
          place !== current &&
          (place === 'fichier' ||
            (found && isOpen(place, found.state, found.layout !== undefined)));
        const words = (
          <>
            <b className={styles['place']}>
              {done ? (
                <IconCheck size={16} stroke={2} role="img" aria-label={t('step_done')} />
              ) : (
                index + 1
              )}
            </b>
            <span>
              <strong>{t(`step.${place}`)}</strong>
              {notes[place] && <small>{notes[place]}</small>}
            </span>
          </>
        );
        return (
          <li
            key={place}
            className={cx(done && styles['done'], index > at && styles['later'])}
            aria-current={place === current ? 'step' : undefined}
          >
            {open ? <Link href={to}>{words}</Link> : <div>{words}</div>}
          </li>
        );
      })}
    </ol>
  );
}

function notesOf(
  found: Import,
  t: ReturnType<typeof useTranslation<'imports'>>['t'],
): Partial<Record<Place, string>> {
  const columns = found.layout?.columns ?? [];
  const known = found.layout
    ? columns.filter((column) => column.field !== null).length
    : Object.keys(found.mapping.columns).length;
  const { counts } = found;
  return {
    fichier: found.file_name,
    colonnes: found.layout
      ? t('known_of', { known, all: columns.length })
      : t('known', { count: known }),
    ...(found.state !== 'mapping' && {
      verification: t('to_write', { count: counts.new + counts.changed }),
    }),
    validation: found.state === 'committed' ? t('state.committed') : t('at_once'),
  };
}
