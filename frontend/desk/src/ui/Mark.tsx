/** Mark is the small stamp that stands for the program. */
export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <g transform="rotate(-8 16 16)" fill="none" stroke="var(--v-accent)">
        <rect x="3" y="7" width="26" height="18" rx="3" strokeWidth="2.4" />
        <rect x="6" y="10" width="20" height="12" rx="1.5" strokeWidth="1" />
        <path d="M11 13l5 6.2L21 13" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" />
      </g>
    </svg>
  );
}
