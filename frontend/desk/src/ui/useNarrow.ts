import { useMediaQuery } from '@mantine/hooks';

/** useNarrow says whether the desk is shown on a phone. */
export const useNarrow = () =>
  useMediaQuery('(max-width: 760px)', false, { getInitialValueInEffect: false }) ?? false;
