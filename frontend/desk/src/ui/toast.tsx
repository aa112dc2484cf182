// Undo instead of "are you sure": what can be taken back is done at once, and the toast takes it back.

import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import i18next from 'i18next';
import type { ReactNode } from 'react';
import { explain } from './explain';

const UNDO_MS = 12_000;

/** close names the cross of a toast. */
const close = () => ({ 'aria-label': i18next.t('actions.close') });

/** toastUndo says what was done and offers to take it back. */
export function toastUndo(message: string, undo: () => Promise<unknown>) {
  const id = notifications.show({
    autoClose: UNDO_MS,
    withCloseButton: true,
    closeButtonProps: close(),
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text>{message}</Text>
        <Button
          flex="none"
          variant="subtle"
          size="compact-sm"
          onClick={() => {
            notifications.hide(id);
            undo().then(() => toastDone(i18next.t('toast.undone')), toastError);
          }}
        >
          {i18next.t('toast.undo')}
        </Button>
      </Group>
    ),
  });
}

/** toastDone says that something is done. */
export function toastDone(message: ReactNode) {
  notifications.show({ message, autoClose: 5_000, closeButtonProps: close() });
}

/** toastError says what went wrong; it stays until it is read. */
export function toastError(error: unknown) {
  notifications.show({
    color: 'overdue',
    message: explain(error, i18next.t),
    autoClose: false,
    closeButtonProps: close(),
  });
}
