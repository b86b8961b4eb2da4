import { useTranslation } from 'react-i18next';
import { fieldSentence, Problem, problemSentence } from '@/api/problem';
import { formatQuantity } from '@/format/quantity';
import { Button } from '@/ui/Button';
import { Notice } from '@/ui/Notice';
import { removeLine, setQuantity, type Ticket } from '../core/ticket';
import { changeTicket, type TillState } from '../state/store';

/** Why the server refused the sale at once; for short stock, which lines, and what is left. */
export function RefusedNotice({
  refusal,
  ticket,
}: {
  refusal: NonNullable<TillState['refused']>;
  ticket: Ticket;
}) {
  const { t } = useTranslation('till');
  const short = refusal.errors.filter((error) => typeof error['available'] === 'number');
  const lineAt = (pointer: string) =>
    ticket.lines[Number(/^\/lines\/(\d+)/.exec(pointer)?.[1] ?? -1)];
  const problem = new Problem(409, {
    code: refusal.code,
    title: refusal.title,
    errors: refusal.errors,
  });
  if (short.length === 0) {
    return (
      <Notice alert title={t('refused_title')}>
        {problemSentence(problem)} {refusal.errors.map(fieldSentence).join(' ')}
      </Notice>
    );
  }
  const takeWhatIsLeft = () => {
    changeTicket((before) =>
      short.reduce((next, error) => {
        const line = lineAt(error.pointer);
        if (!line) return next;
        const left = Number(error['available']);
        return left > 0 ? setQuantity(next, line.key, left) : removeLine(next, line.key);
      }, before),
    );
  };
  return (
    <Notice alert title={t('short_title')}>
      {short.map((error) => (
        <span key={error.pointer} style={{ display: 'block' }}>
          {t('short_line', {
            name: lineAt(error.pointer)?.name ?? '',
            requested: formatQuantity(Number(error['requested'])),
            available: formatQuantity(Number(error['available'])),
          })}
        </span>
      ))}
      <Button look="link" onClick={takeWhatIsLeft}>
        {t('short_take')}
      </Button>
    </Notice>
  );
}
