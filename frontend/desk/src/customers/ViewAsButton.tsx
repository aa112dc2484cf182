import { Button, Tooltip } from '@mantine/core';
import { IconEye } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, ok } from '@/api/client';
import { inWindow, openExternal } from '@/native/native';
import { toastError } from '@/ui/toast';

/**
 * ViewAsButton shows the portal as this customer sees it, read only. The look is journaled and the customer is told. A
 * browser only lets a click open a tab, so the tab is opened first and gets its address when there is one.
 */
export function ViewAsButton({ customer }: { customer: string }) {
  const { t } = useTranslation();
  const view = useMutation({
    mutationFn: (_tab: Window | null) =>
      ok(api.POST('/api/v1/customers/{customer}/portal-view', { params: { path: { customer } } })),
    onSuccess: ({ url }, tab) => {
      if (tab) tab.location.replace(url);
      else openExternal(url);
    },
    onError: (error, tab) => {
      tab?.close();
      toastError(error);
    },
  });
  const open = () => {
    const tab = inWindow() ? null : window.open('about:blank', '_blank');
    if (tab) tab.opener = null;
    view.mutate(tab);
  };
  return (
    <Tooltip label={t('link.viewAsHint')}>
      <Button
        variant="default"
        leftSection={<IconEye size={17} stroke={1.6} />}
        loading={view.isPending}
        onClick={open}
      >
        {t('link.viewAs')}
      </Button>
    </Tooltip>
  );
}
