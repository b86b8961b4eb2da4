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

test('a bare id moves the position, and is no event', () => {
  const cut = cutEvents('id: 7\nevent: sale\ndata: {}\n\nid: 9\n\n:\n\nid: 1');
  expect(cut.events.map(({ id }) => id)).toEqual(['7']);
  expect(cut.lastId).toBe('9');
  expect(cutEvents(':\n\n')).toEqual({ events: [], lastId: undefined, rest: '' });
});

test('wherever a stream is torn, the same events come out of it', () => {
  for (const end of ['\n', '\r\n']) {
    const lines = [
      'id: 7',
      'event: sale',
      'data: {"a":',
      'data: 1}',
      '',
      'id: 8',
      '',
      'data: x',
      '',
    ];
    const text = lines.map((line) => line + end).join('');
    const whole = cutEvents(text);
    expect(whole.events).toHaveLength(2);
    for (let at = 0; at <= text.length; at += 1) {
      const first = cutEvents(text.slice(0, at));
      const second = cutEvents(first.rest + text.slice(at));
      expect([...first.events, ...second.events], `${at}`).toEqual(whole.events);
      expect(second.lastId ?? first.lastId, `${at}`).toBe('8');
      expect(second.rest, `${at}`).toBe('');
    }
  }
});
