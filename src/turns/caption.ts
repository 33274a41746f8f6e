// One published state of a caption's segment.
export interface Caption {
  readonly segment: string;
  readonly text: string;
  readonly final: boolean;
}
