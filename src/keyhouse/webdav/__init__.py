"""Files of folders over WebDAV: `/_webdav/{folder}/@files/{path}`, under the folder's permissions (RFC 4918)."""
