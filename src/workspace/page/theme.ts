import { useEffect, useState } from 'preact/hooks';

export type Theme = 'light' | 'dark';
const storageKey = 'workspace-theme';

/** The system's, until the person says otherwise. */
export function useTheme(): [Theme, () => void] {
  const system = (): Theme => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  const [chosen, setChosen] = useState(localStorage.getItem(storageKey) as Theme | null);
  const [preferred, setPreferred] = useState(system);
  const theme = chosen ?? preferred;
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => setPreferred(system());
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  const toggle = () => {
    const next = theme === 'dark' ? 'light' : 'dark';
    localStorage.setItem(storageKey, next);
    setChosen(next);
  };
  return [theme, toggle];
}
