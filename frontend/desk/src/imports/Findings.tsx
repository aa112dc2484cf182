import { Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { said } from '@/i18n';
import { uiClasses } from '@/ui/marks';
import classes from './Imports.module.css';

/** Findings are the refused rows: where, what was found, what was expected, how to repair it. */
export function Findings({ read }: { read: Pick<Schemas['Import'], 'findings' | 'rejected'> }) {
  const { t } = useTranslation();
  return (
    <section className={`${uiClasses.card} ${classes.section}`} aria-labelledby="findings">
      <div className={uiClasses.cardHead}>
        <Title order={2} id="findings">
          {t('import.findings', { count: read.rejected })}
        </Title>
      </div>
      <div className={uiClasses.tableFrame}>
        <table className={uiClasses.table}>
          <thead>
            <tr>
              <th scope="col" className="num">
                {t('import.row')}
              </th>
              <th scope="col">{t('import.column')}</th>
              <th scope="col">{t('import.found')}</th>
              <th scope="col">{t('import.problem')}</th>
              <th scope="col">{t('import.repair')}</th>
            </tr>
          </thead>
          <tbody>
            {read.findings.map((finding) => (
              <tr key={`${finding.sheet} ${finding.row} ${finding.column} ${finding.code}`}>
                <td className="num">{finding.row}</td>
                <td>{finding.column}</td>
                <td>
                  <code>{finding.value || t('import.emptyCell')}</code>
                </td>
                <td>
                  {said(finding.code, finding.message)}
                  {said(finding.code, '') === '' && finding.expected && (
                    <Text size="xs" c="dimmed">
                      {t('import.expected', { what: finding.expected })}
                    </Text>
                  )}
                </td>
                <td>{said(finding.code, '') ? t('import.repairCell') : finding.repair}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {read.findings.length < read.rejected && (
        <Text c="dimmed" p="sm">
          {t('import.moreFindings', { count: read.rejected - read.findings.length })}
        </Text>
      )}
    </section>
  );
}
