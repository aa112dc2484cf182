import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import { Empty, Failed, Loading } from '@/ui/states';
import { ReminderTable } from './ReminderTable';

/** History is every reminder, newest first: what went out, what was dropped and why. */
export function History() {
  const { t } = useTranslation();
  const list = useInfiniteQuery({
    queryKey: ['reminders', 'history'],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      ok(api.GET('/api/v1/reminders', { params: { query: { limit: 100, cursor: pageParam || undefined } } })),
    getNextPageParam: (last) => last.next_cursor || undefined,
  });
  if (list.isPending) return <Loading />;
  if (list.isError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  const rows = list.data.pages.flatMap((page) => page.items);
  if (rows.length === 0) return <Empty title={t('reminders.noHistory')} />;
  return (
    <>
      <ReminderTable rows={rows} />
      {list.hasNextPage && (
        <Button
          mt="md"
          variant="subtle"
          loading={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          {t('reminders.more')}
        </Button>
      )}
    </>
  );
}
