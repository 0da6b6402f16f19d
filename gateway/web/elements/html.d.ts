// The types of what html.js hands on: as much of Preact, htm and signals as the elements use.

export type View = unknown;

export function html(strings: TemplateStringsArray, ...values: unknown[]): View;
export function cloneElement(view: View, props: Record<string, unknown>): View;
export function render(view: View, into: Element | ShadowRoot): void;

export interface ReadonlySignal<T> {
  readonly value: T;
  peek(): T;
}
export interface Signal<T> extends ReadonlySignal<T> {
  value: T;
}
export function signal<T>(value: T): Signal<T>;
export function computed<T>(compute: () => T): ReadonlySignal<T>;
export function effect(run: () => void): () => void;
export function batch<T>(run: () => T): T;
export function useComputed<T>(compute: () => T): ReadonlySignal<T>;

export interface Context<T> {
  Provider: unknown;
  readonly given?: T;
}
export function createContext<T>(value: T): Context<T>;
export function useContext<T>(context: Context<T>): T;
export function useEffect(run: () => void | (() => void), inputs?: readonly unknown[]): void;
export function useLayoutEffect(run: () => void | (() => void), inputs?: readonly unknown[]): void;
export function useMemo<T>(compute: () => T, inputs: readonly unknown[]): T;
export function useRef<T>(value: T): { current: T };
export function useState<T>(value: T | (() => T)): [T, (next: T | ((now: T) => T)) => void];
