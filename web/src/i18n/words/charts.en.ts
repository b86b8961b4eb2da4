import type { Words } from '../words';
import type fr from './charts.fr';

export default {
  sold: 'Sold',
  expected: 'Expected',
  between: '8 times in 10, between',
  and: '{{low}} and {{high}}',
  expected_between: '{{middle}} expected, 8 times in 10 between {{low}} and {{high}}',
  day: 'Day',
  week: 'Week',
  week_of: 'week of {{day}}',
  figures: 'See the figures',
  walk: 'Walk along the graph',
  walk_hint: 'left and right arrow keys',
} satisfies Words<typeof fr>;
