// The desk's look: calm paper, dark ink, one green. Colours are CSS variables in palette.css, light and dark; Mantine
// and the grid both read those, so that a colour is written down once.

import { Alert, type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const settled: MantineColorsTuple = [
  '#eaf6f1',
  '#d3e9e0',
  '#a8d4c2',
  '#79bfa2',
  '#53ad87',
  '#3a9f75',
  '#2a8d66',
  '#1f7a5c',
  '#16634a',
  '#0d4c38',
];

const overdue: MantineColorsTuple = [
  '#fdf0ec',
  '#f6dcd4',
  '#ecb6a5',
  '#e28e74',
  '#d96d4c',
  '#d05633',
  '#c24a28',
  '#b3401f',
  '#943318',
  '#742712',
];

const ink: MantineColorsTuple = [
  '#f4f3ef',
  '#e4e1da',
  '#c9c7c4',
  '#a3a6ae',
  '#7e8491',
  '#5c6475',
  '#434b5c',
  '#2d3648',
  '#1b2333',
  '#121826',
];

/** The grounds of fields, switches and menus in the dark: the blue-grey of palette.css instead of Mantine's brown-grey. */
const dark: MantineColorsTuple = [
  '#e9e6df',
  '#c3c8d2',
  '#a3aab8',
  '#868e9d',
  '#4a5261',
  '#363d4a',
  '#242a34',
  '#1b1f27',
  '#14171d',
  '#10131a',
];

/** What an alert's colour stands on: the same grounds as everywhere, with a title that can be read on them. */
const alertTones: Record<string, [ground: string, title: string]> = {
  settled: ['var(--v-settled-ground)', 'var(--v-settled)'],
  overdue: ['var(--v-overdue-ground)', 'var(--v-overdue)'],
  yellow: ['var(--v-soon-ground)', 'var(--v-soon)'],
  ink: ['var(--v-sunken)', 'var(--v-ink)'],
};

export const theme = createTheme({
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: 'ui-monospace, "DejaVu Sans Mono", monospace',
  headings: {
    fontFamily: "'Inter Variable', system-ui, sans-serif",
    fontWeight: '620',
    sizes: {
      h1: { fontSize: '1.375rem', lineHeight: '1.75rem' },
      h2: { fontSize: '1rem', lineHeight: '1.5rem' },
      h3: { fontSize: '0.875rem', lineHeight: '1.25rem' },
    },
  },
  fontSizes: { xs: '0.75rem', sm: '0.875rem', md: '0.875rem', lg: '1rem', xl: '1.375rem' },
  lineHeights: { xs: '1.35', sm: '1.45', md: '1.45', lg: '1.5', xl: '1.3' },
  spacing: { xs: '0.5rem', sm: '0.75rem', md: '1rem', lg: '1.5rem', xl: '2rem' },
  radius: { xs: '2px', sm: '4px', md: '6px', lg: '6px', xl: '6px' },
  defaultRadius: 'md',
  colors: { settled, overdue, ink, dark },
  primaryColor: 'settled',
  primaryShade: 7,
  autoContrast: true,
  luminanceThreshold: 0.32,
  focusRing: 'auto',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Alert: Alert.extend({
      defaultProps: { p: 'sm' },
      vars: (_, { color }) => {
        const [ground, title] = alertTones[String(color)] ?? ['var(--v-info-ground)', 'var(--v-info)'];
        return { root: { '--alert-bg': ground, '--alert-color': title } };
      },
    }),
    Tooltip: { defaultProps: { openDelay: 350, withArrow: false, transitionProps: { duration: 100 } } },
    Modal: {
      defaultProps: { transitionProps: { duration: 120 }, centered: true, overlayProps: { opacity: 0.4 } },
    },
    Menu: { defaultProps: { transitionProps: { duration: 80 }, shadow: 'md' } },
    Select: { defaultProps: { comboboxProps: { transitionProps: { duration: 80 } }, allowDeselect: false } },
    Button: { defaultProps: { size: 'sm' } },
    Badge: { defaultProps: { radius: 'sm' } },
    Loader: { defaultProps: { type: 'dots' } },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': 'var(--v-paper)',
    '--mantine-color-text': 'var(--v-ink)',
    '--mantine-color-dimmed': 'var(--v-muted)',
    '--mantine-color-placeholder': 'var(--v-muted)',
    '--mantine-color-default': 'var(--v-surface)',
    '--mantine-color-default-hover': 'var(--v-hover)',
    '--mantine-color-default-border': 'var(--v-field-line)',
    '--mantine-color-default-color': 'var(--v-ink)',
    '--mantine-color-error': 'var(--v-overdue)',
    '--mantine-color-anchor': 'var(--v-accent)',
  },
  dark: {
    '--mantine-color-body': 'var(--v-paper)',
    '--mantine-color-text': 'var(--v-ink)',
    '--mantine-color-dimmed': 'var(--v-muted)',
    '--mantine-color-placeholder': 'var(--v-muted)',
    '--mantine-color-default': 'var(--v-surface)',
    '--mantine-color-default-hover': 'var(--v-hover)',
    '--mantine-color-default-border': 'var(--v-field-line)',
    '--mantine-color-default-color': 'var(--v-ink)',
    '--mantine-color-error': 'var(--v-overdue)',
    '--mantine-color-anchor': 'var(--v-accent)',
  },
});
