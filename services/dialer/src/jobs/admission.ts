/** What can keep a dialer from taking calls. */
export type Obstacle = 'no-bus' | 'no-lease' | 'no-directory' | 'full' | 'no-ports' | 'draining';

/** Whether this dialer takes calls now: only while nothing stands against it. */
export interface Admission {
  isOpen(): boolean;
  obstacles(): Obstacle[];
  set(obstacle: Obstacle, present: boolean): void;
  /** Tells when it opens and closes. */
  watch(onChange: (open: boolean, obstacles: Obstacle[]) => void): void;
}

/** Creates an admission with the obstacles given. */
export function createAdmission(initial: readonly Obstacle[]): Admission {
  const present = new Set<Obstacle>(initial);
  const watchers: ((open: boolean, obstacles: Obstacle[]) => void)[] = [];
  return {
    isOpen: () => present.size === 0,
    obstacles: () => [...present],
    set(obstacle, isPresent) {
      const wasOpen = present.size === 0;
      if (isPresent) present.add(obstacle);
      else present.delete(obstacle);
      const isOpen = present.size === 0;
      if (isOpen === wasOpen) return;
      for (const watcher of watchers) watcher(isOpen, [...present]);
    },
    watch: (onChange) => {
      watchers.push(onChange);
    },
  };
}
