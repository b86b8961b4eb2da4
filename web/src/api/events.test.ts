import { expect, test } from 'vitest';
import { cutEvents } from './events';

test('events are cut at empty lines, and half of one waits', () => {
  const first = cutEvents(
    'event: job\ndata: {"a":1}\nid: 7\n\n: beat\n\ndata: x\ndata: y\n\ndata: ha',
  );
  expect(first.events).toEqual([
    { event: 'job', data: '{"a":1}', id: '7' },
    { event: 'message', data: 'x\ny', id: undefined },
  ]);
  expect(cutEvents(`${first.rest}lf\r\n\r\n`).events[0]?.data).toBe('half');
});
