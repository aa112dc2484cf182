import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// The desk is served from the same origin as its API, by the desk listener or by the window. In development
// VOLDAAN_DESK names a running desk listener and everything under /api/ goes there.
export default defineConfig({
  root: here('.'),
  base: '/',
  cacheDir: here('../node_modules/.vite'),
  plugins: [react()],
  resolve: { alias: { '@': here('./src') } },
  build: {
    outDir: here('./dist'),
    emptyOutDir: true,
    sourcemap: false,
    target: 'es2022',
    // A data: URL for a small font or picture would need a wider content security policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      output: {
        manualChunks(id) {
          if (id.includes('ag-grid')) return 'grid';
          if (id.includes('node_modules/react') || id.includes('node_modules/scheduler')) return 'react';
          if (id.includes('@mantine/dates') || id.includes('dayjs')) return 'dates';
          if (id.includes('@mantine/dropzone') || id.includes('file-selector')) return 'dropzone';
          if (id.includes('@mantine') || id.includes('@floating-ui')) return 'mantine';
          return undefined;
        },
      },
    },
  },
  server: {
    port: 5173,
    proxy: {
      '/api': { target: process.env.VOLDAAN_DESK ?? 'http://127.0.0.1:8481', changeOrigin: true },
    },
  },
  test: {
    environment: 'jsdom',
    globals: false,
    setupFiles: [here('./test/setup.ts')],
    include: ['src/**/*.test.{ts,tsx}', 'test/**/*.test.{ts,tsx}'],
    css: false,
    restoreMocks: true,
    // A busy machine is no reason to call a test red.
    testTimeout: 30_000,
  },
});
