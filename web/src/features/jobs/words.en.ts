import type { Words } from '@/i18n/words';
import type fr from './words.fr';

export default {
  title: 'Jobs',
  counts: 'what the server does while you go on',
  list: 'The jobs',
  job: 'Job',
  state: 'State',
  ordered: 'Ordered',
  took: 'Took',
  outcome: 'Outcome',
  by_itself: 'by itself',
  kind: {
    'books.verify': 'Proof of the books',
    'findings.search': 'Search for anomalies',
    'forecasts.refit': 'Forecast model',
    'reports.make': 'Report',
    'reports.deliver': 'Scheduled report',
  },
  states: {
    queued: 'Waiting',
    running: 'Under way',
    done: 'Done',
    failed: 'Failed',
    cancelled: 'Stopped',
  },
  filter: 'State',
  all: 'All',
  stop: 'Stop',
  progress: 'Progress',
  book_ok: 'no differences, {{movements}} movements replayed',
  book_off_one: '{{count}} difference',
  book_off_other: '{{count}} differences',
  refit: '{{products}} products learnt',
  none: 'No job.',
  none_why: 'A report, a proof of the books or a forecast model appears here.',
  none_so: 'No job in this state.',
} satisfies Words<typeof fr>;
