import { createSpotlight } from '@mantine/spotlight';

/** The palette's own store, so that it can be opened before its code is loaded. */
export const [paletteStore, palette] = createSpotlight();

export const openPalette = () => palette.open();
