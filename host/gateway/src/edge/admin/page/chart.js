// Charts by uPlot, in the colours of the page.
/* global uPlot */
import { h } from './dom.js';

const HEIGHT = 240;
const DAY = 86_400;

/** Columns over days; `days` are pairs of a moment in seconds and a value. Its numbers stand in a table for who cannot see it. */
export function columns(days, label) {
  const place = h('div', { class: 'chart', role: 'img', 'aria-label': `${label} by day, ${days.length} days` });
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const axis = () => ({ stroke: colour('--muted'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line') } });
  let plot;
  const draw = () => {
    plot?.destroy();
    plot = new uPlot({
      width: Math.max(place.clientWidth, 200),
      height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
      // Half a day on either side, so that the first and the last column are whole.
      scales: { x: { range: (_, first, last) => [first - DAY / 2, last + DAY / 2] }, y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
      axes: [axis(), { ...axis(), size: 64 }],
      series: [
        { label: 'Day', value: '{YYYY}-{MM}-{DD}' },
        { label, fill: colour('--bar'), stroke: colour('--bar'), width: 0, paths: uPlot.paths.bars({ size: [0.7, 48] }), points: { show: false } },
      ],
    }, [days.map(([day]) => day), days.map(([, value]) => value)], place);
  };
  new ResizeObserver(() => place.isConnected && draw()).observe(place);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => place.isConnected && draw());
  return place;
}
