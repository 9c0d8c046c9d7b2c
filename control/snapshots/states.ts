/** Where a snapshot is in its life, in OpenSandbox's words. */
export type SnapshotState = 'Creating' | 'Ready' | 'Failed' | 'Deleting';

export const allSnapshotStates: readonly SnapshotState[] = ['Creating', 'Ready', 'Failed', 'Deleting'];

/** What is said of a snapshot: short for programs, and in a sentence for people. */
export interface Status {
  state: SnapshotState;
  reason:
    | 'snapshot_accepted'
    | 'snapshot_ready'
    | 'snapshot_capture_failed'
    | 'source_ended'
    | 'control_restarted'
    | 'image_removed'
    | 'snapshot_deleting';
  message: string;
}

export const accepted: Status = {
  state: 'Creating',
  reason: 'snapshot_accepted',
  message: 'The sandbox’s files will be copied.',
};

export const ready: Status = {
  state: 'Ready',
  reason: 'snapshot_ready',
  message: 'Sandboxes can be made from it.',
};

export const deleting: Status = {
  state: 'Deleting',
  reason: 'snapshot_deleting',
  message: 'It is being removed.',
};

export const interrupted: Status = {
  state: 'Failed',
  reason: 'control_restarted',
  message: 'Control ended while the snapshot was being made.',
};

export const imageRemoved: Status = {
  state: 'Failed',
  reason: 'image_removed',
  message: 'Its image was removed, not by Cubby.',
};
