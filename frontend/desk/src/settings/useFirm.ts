import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, ok, type Schemas } from '@/api/client';
import { useSession } from '@/session/session';
import { toastDone, toastError } from '@/ui/toast';

/** useFirm is the firm and a way to change parts of it. */
export function useFirm() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { firm } = useSession();
  const save = useMutation({
    mutationFn: (body: Schemas['FirmPatch']) =>
      ok(api.PATCH('/api/v1/firms/{firm}', { params: { path: { firm: firm.id } }, body })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['firms'] });
      void client.invalidateQueries({ queryKey: ['system'] });
      toastDone(t('settings.saved'));
    },
    onError: toastError,
  });
  return { firm, save };
}
