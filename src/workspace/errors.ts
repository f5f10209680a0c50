export type WorkspaceErrorCode =
  | 'workspace_not_loopback'
  | 'workspace_setup_invalid'
  | 'workspace_unknown_person'
  | 'workspace_unknown_channel'
  | 'workspace_no_such_element'
  | 'workspace_no_view'
  | 'workspace_wait_timeout'
  | 'workspace_closed'
  | 'workspace_page_missing';

/** Thrown when the workspace is asked for something that cannot be: a mistake of the caller, never Slack's answer. */
export class WorkspaceError extends Error {
  readonly code: WorkspaceErrorCode;

  constructor(code: WorkspaceErrorCode, message: string) {
    super(message);
    this.name = 'WorkspaceError';
    this.code = code;
  }
}
