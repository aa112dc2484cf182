import { api, ok, type Schemas } from '@/api/client';
import type { NativeFile } from '@/native/native';

/** upload sends a file's bytes and gives what it would do. Bytes, never FormData: the window's engine needs that. */
export function upload(file: NativeFile, snapshot: boolean): Promise<Schemas['Import']> {
  return ok(
    api.POST('/api/v1/imports', {
      params: { query: { name: file.name, snapshot: snapshot || undefined } },
      body: file.bytes as unknown as string,
      bodySerializer: (bytes: unknown) => bytes as Uint8Array<ArrayBuffer>,
      headers: { 'Content-Type': 'application/octet-stream' },
    }),
  );
}
