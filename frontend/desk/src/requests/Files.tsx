// The files of a conversation: those that were sent along, and those that go with the answer being written.

import { Button, FileButton, Group, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, download, ok, type Schemas } from '@/api/client';
import { toastError } from '@/ui/toast';

type StoredFile = Schemas['StoredFile'];

/** The program keeps these kinds; it looks at the content itself. */
const ACCEPT = 'application/pdf,image/png,image/jpeg,image/gif,image/webp';

/** MOST is how many files a message takes. */
const MOST = 10;

/** Attached are the files of a message, each to be saved. */
export function Attached({ files }: { files: StoredFile[] }) {
  if (files.length === 0) return null;
  return (
    <Group gap={6} mt={4}>
      {files.map((file) => (
        <Button
          key={file.id}
          size="compact-xs"
          variant="light"
          onClick={() => download(`/api/v1/files/${file.id}`, file.name).catch(toastError)}
        >
          {file.name}
        </Button>
      ))}
    </Group>
  );
}

interface AttachingProps {
  customer: string;
  files: StoredFile[];
  onChange: (files: StoredFile[]) => void;
}

/** Attaching are the files that will go with the answer; pressing one leaves it out. */
export function Attaching({ customer, files, onChange }: AttachingProps) {
  const { t } = useTranslation();
  const add = useMutation({
    mutationFn: async (file: File) => {
      const bytes = new Uint8Array(await file.arrayBuffer());
      return ok(
        api.POST('/api/v1/customers/{customer}/files', {
          params: { path: { customer }, query: { name: file.name } },
          headers: { 'Content-Type': 'application/octet-stream' },
          body: bytes as unknown as string,
          bodySerializer: (body: unknown) => body as Uint8Array<ArrayBuffer>,
        }),
      );
    },
    onSuccess: (stored) => onChange([...files, stored]),
    onError: toastError,
  });
  return (
    <Group gap="xs">
      <FileButton accept={ACCEPT} onChange={(file) => file && add.mutate(file)}>
        {(props) => (
          <Button
            {...props}
            size="compact-sm"
            variant="default"
            loading={add.isPending}
            disabled={files.length >= MOST}
          >
            {t('requests.attach')}
          </Button>
        )}
      </FileButton>
      {files.map((file) => (
        <Button
          key={file.id}
          size="compact-sm"
          variant="light"
          aria-label={t('requests.detach', { name: file.name })}
          onClick={() => onChange(files.filter((other) => other.id !== file.id))}
        >
          {file.name} ×
        </Button>
      ))}
      <Text size="xs" c="dimmed">
        {t('requests.attachHint')}
      </Text>
    </Group>
  );
}
