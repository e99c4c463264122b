/** What a colour stands for. Text and lines take their colour by role, never by place. */
export type ColorRole =
  | 'page' | 'panel' | 'ink' | 'quiet' | 'rule'
  | 'error' | 'warning' | 'info'
  | 'established' | 'opening' | 'close-wait' | 'fin-wait' | 'time-wait';

export type Palette = Readonly<Record<ColorRole, string>>;

export const light: Palette = {
  page: '#ffffff', panel: '#f6f7f8', ink: '#1c2126', quiet: '#59626b', rule: '#d5dadf',
  error: '#b3261e', warning: '#8a5300', info: '#2a5f98',
  established: '#7a8794', opening: '#b4bdc6', 'close-wait': '#b3261e', 'fin-wait': '#c07a12', 'time-wait': '#5a6fb5',
};

export const dark: Palette = {
  page: '#14171a', panel: '#1c2024', ink: '#e4e7ea', quiet: '#9ca6b0', rule: '#343a41',
  error: '#ff8f85', warning: '#e5b25d', info: '#8bb8ea',
  established: '#7d8a97', opening: '#505a64', 'close-wait': '#f2675b', 'fin-wait': '#d99a3a', 'time-wait': '#8b9ce0',
};

/** A palette as CSS custom properties: `--ink: #1c2126; …` */
export function properties(palette: Palette): string {
  return Object.entries(palette).map(([role, color]) => `--${role}: ${color};`).join(' ');
}
