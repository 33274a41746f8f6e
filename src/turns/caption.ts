// One state of one segment of what is said, as it is published.
export interface Caption {
  readonly segment: string;
  readonly text: string;
  readonly final: boolean;
}
