// Charts by uPlot, in the colours of the page.
/* global uPlot */
import { duration, h } from './dom.js';

const HEIGHT = 240;
const LOW = 130;
const DAY = 86_400;
const MINUTE = 60;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const axis = () => ({ stroke: colour('--muted'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line') } });

const date = (seconds) => new Date(seconds * 1000).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** How to draw the charts that are shown. */
const shown = new Set();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => shown.forEach((draw) => draw()));

/** A chart that is drawn anew in another size or colour scheme; `options` are uPlot's, but for its width. */
function drawn(label, options, data) {
  const place = h('div', { class: 'chart', role: 'img', 'aria-label': label });
  let plot;
  const draw = () => {
    plot?.destroy();
    plot = new uPlot({ width: Math.max(place.clientWidth, 200), ...options() }, data, place);
  };
  // It is called when the chart is put on the page, and when it is taken away.
  const observer = new ResizeObserver(() => {
    if (place.isConnected) {
      shown.add(draw);
      draw();
    } else {
      shown.delete(draw);
      observer.disconnect();
    }
  });
  observer.observe(place);
  return place;
}

/** Columns over days; `days` are pairs of a moment in seconds and a value. Its numbers stand in a table for who cannot see it. */
export function columns(days, label) {
  return drawn(`${label} by day, ${days.length} days`, () => ({
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    // Half a day on either side, so that the first and the last column are whole.
    scales: { x: { range: (_, first, last) => [first - DAY / 2, last + DAY / 2] }, y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
    axes: [{ ...axis(), values: (_, ticks) => ticks.map(date) }, { ...axis(), size: 64 }],
    series: [
      { label: 'Day', value: '{YYYY}-{MM}-{DD}' },
      { label, fill: colour('--bar'), stroke: colour('--bar'), width: 0, paths: uPlot.paths.bars({ size: [0.7, 48] }), points: { show: false } },
    ],
  }), [days.map(([day]) => day), days.map(([, value]) => value)]);
}

/** How long answers took, minute by minute: the median, and what 95 of 100 stayed below. A minute without answers is a gap. */
export function latencies(minutes, name) {
  const known = minutes.filter((minute) => minute.answers > 0);
  const last = known.at(-1);
  const label = `Latency of ${name} in the last ${minutes.length} minutes` + (last ? `: at last ${last.p50_ms} ms, and ${last.p95_ms} ms for the slowest` : '');
  const ms = (_, value) => duration(value);
  const line = (word, stroke, dash) => ({ label: word, stroke, dash, width: 2, value: ms, points: { show: true, size: 5, stroke, fill: stroke } });
  return drawn(label, () => ({
    height: LOW,
    scales: { x: { range: (_, first, end) => [first - MINUTE / 2, end + MINUTE / 2] }, y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
    axes: [
      { ...axis(), size: 30, values: (_, ticks) => ticks.map((tick) => new Date(tick * 1000).toLocaleTimeString('en-GB', { timeStyle: 'short' })), incrs: [MINUTE, 2 * MINUTE, 5 * MINUTE] },
      { ...axis(), size: 64, values: (_, ticks) => ticks.map((tick) => duration(tick)) },
    ],
    series: [
      { label: 'Minute', value: (_, at) => (at ? new Date(at * 1000).toLocaleTimeString('en-GB', { timeStyle: 'short' }) : '–') },
      line('median', colour('--bar')),
      line('95 of 100 below', colour('--muted'), [6, 4]),
    ],
  }), [minutes.map(({ at }) => at), minutes.map((minute) => minute.p50_ms), minutes.map((minute) => minute.p95_ms)]);
}
