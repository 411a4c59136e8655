/* Day or night, by the hour of the city: sun on the windscreen asks for grey, a dark cab for black. */

const DAY_FROM_H = 6;
const NIGHT_FROM_H = 18;

export function isDay(now: number, zone: string): boolean {
  const hour = Number(new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', hourCycle: 'h23' }).format(now));
  return hour >= DAY_FROM_H && hour < NIGHT_FROM_H;
}
