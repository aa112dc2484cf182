import { Button, Group, SegmentedControl, Text, Title } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { EventLine } from '@/today/EventLine';
import { uiClasses } from '@/ui/marks';
import { Failed } from '@/ui/states';
import classes from './CustomerPage.module.css';

const filters = ['all', 'money', 'portal', 'changes'] as const;
type Filter = (typeof filters)[number];

const fits: Record<Filter, (event: Schemas['Event']) => boolean> = {
  all: () => true,
  money: ({ kind }) => /^(receipt|allocation|attempt|document\.written_off)/.test(kind),
  portal: ({ actor }) => ['contact', 'pay_link', 'provider'].includes(actor.kind),
  changes: ({ kind }) => /^(customer|contact|document\.described)/.test(kind),
};

/** Timeline is everything that happened with a customer, newest first, in one stream. */
export function Timeline({ customer }: { customer: string }) {
  const { t } = useTranslation();
  const [filter, setFilter] = useState<Filter>('all');
  const events = useInfiniteQuery({
    queryKey: ['timeline', customer],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      ok(
        api.GET('/api/v1/customers/{customer}/timeline', {
          params: { path: { customer }, query: { limit: 50, cursor: pageParam || undefined } },
        }),
      ),
    getNextPageParam: (last) => last.next_cursor || undefined,
  });
  const shown = events.data?.pages.flatMap((page) => page.items).filter(fits[filter]) ?? [];
  return (
    <section aria-labelledby="timeline" className={uiClasses.card}>
      <div className={uiClasses.cardHead}>
        <Title order={2} id="timeline">
          {t('timeline.title')}
        </Title>
        <SegmentedControl
          size="xs"
          value={filter}
          onChange={(value) => setFilter(value as Filter)}
          aria-label={t('grid.show')}
          data={filters.map((value) => ({ value, label: t(`timeline.${value}`) }))}
        />
      </div>
      <div className={`${uiClasses.cardBody} ${classes.timeline}`}>
        {events.isError && <Failed error={events.error} onRetry={() => void events.refetch()} />}
        {shown.map((event) => (
          <EventLine key={event.seq} event={event} withCustomer={false} />
        ))}
        {events.isSuccess && shown.length === 0 && <Text c="dimmed">{t('timeline.empty')}</Text>}
        {events.hasNextPage && (
          <Group justify="center" mt="xs">
            <Button
              variant="subtle"
              size="compact-sm"
              loading={events.isFetchingNextPage}
              onClick={() => void events.fetchNextPage()}
            >
              {t('timeline.more')}
            </Button>
          </Group>
        )}
      </div>
    </section>
  );
}
