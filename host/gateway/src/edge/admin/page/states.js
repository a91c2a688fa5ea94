// The colours of states, which never stand without their word.

const STATES = {
  healthy: 'good', closed: 'good', on: 'good', active: 'good', ready: 'good',
  degraded: 'warn', 'half-open': 'warn', unknown: 'calm', unused: 'calm',
  down: 'bad', open: 'bad', off: 'bad', unready: 'bad',
};

export function kind(state) {
  return STATES[state] ?? 'calm';
}
