import { Text, Title } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { offerFiles } from '@/imports/queue';
import { inWindow, onDroppedPaths } from '@/native/native';
import { useMay } from '@/session/session';
import classes from './Shell.module.css';

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;

/** DropAnywhere takes files dropped anywhere on the desk to the import page. */
export function DropAnywhere() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const may = useMay('imports.write');
  const [over, setOver] = useState(false);

  useEffect(() => {
    if (!may) return;
    let depth = 0;
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth += 1;
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const allow = (event: DragEvent) => {
      if (hasFiles(event)) event.preventDefault();
    };
    const drop = async (event: DragEvent) => {
      depth = 0;
      setOver(false);
      if (!hasFiles(event) || event.defaultPrevented) return;
      event.preventDefault();
      if (inWindow()) return; // the window hands over the paths itself
      const files = Array.from(event.dataTransfer?.files ?? []);
      const read = await Promise.all(
        files.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
      );
      if (read.length > 0) {
        offerFiles(read);
        void navigate({ to: '/imports' });
      }
    };
    const stopNative = onDroppedPaths((files) => {
      offerFiles(files);
      void navigate({ to: '/imports' });
    });
    window.addEventListener('dragenter', enter);
    window.addEventListener('dragleave', leave);
    window.addEventListener('dragover', allow);
    window.addEventListener('drop', drop);
    return () => {
      stopNative();
      window.removeEventListener('dragenter', enter);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('dragover', allow);
      window.removeEventListener('drop', drop);
    };
  }, [may, navigate]);

  if (!over) return null;
  return (
    <div className={classes.drop}>
      <div className={classes.dropSheet}>
        <Title order={2}>{t('import.dropTitle')}</Title>
        <Text c="dimmed">{t('import.dropHint')}</Text>
      </div>
    </div>
  );
}
