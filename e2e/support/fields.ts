import { bare, markup } from "./markup";

/** Where a field's text is to be read: names of `places`, or why it is nowhere. */
type Shown = string[] | { nowhere: string };

const inRefused = { nowhere: "refused where it is none of a closed list" };
const inSecret = { nowhere: "a secret, or what may be one" };
const inMeaning = { nowhere: "of a provider's words nothing is kept but machine codes and names of our own" };

/** Every text of every request (`Schema.property` of the API's document, which a test compares), then what comes otherwise. */
export const fields: Record<string, Shown> = {
  "AppendVersion.model": inRefused,
  "AppendVersion.name": ["work B", "history B", "audit"],
  "AppendVersion.note": ["history A", "version 2", "compare"],
  "AppendVersion.parameters": ["version 2", "compare"],
  "AppendVersion.template": ["version 2", "compare"],
  "ChangePassword.current_password": inSecret,
  "ChangePassword.password": inSecret,
  "CheckTemplate.parameters": ["editor"],
  "CheckTemplate.template": ["editor"],
  "CreateChapter.source_text": ["chapter", "new chapter", "attempts", "preview"],
  "CreateChapter.title": ["work A", "chapter", "audit", "title"],
  "CreatePrompt.model": inRefused,
  "CreatePrompt.name": ["work A", "history A", "editor", "chapter"],
  "CreatePrompt.note": ["history A", "version 1"],
  "CreatePrompt.parameters": ["version 1", "compare", "work A"],
  "CreatePrompt.template": ["version 1", "compare", "work A", "attempts"],
  "CreateSession.name": { nowhere: "typed only: nobody is told the names of who failed to sign in" },
  "CreateSession.password": inSecret,
  "CreateToken.name": ["tokens", "revoking", "audit"],
  "CreateUser.name": ["users", "managing", "audit"],
  "CreateWork.author": ["works", "work A", "work choice"],
  "CreateWork.source_language": inRefused,
  "CreateWork.target_language": inRefused,
  "CreateWork.title": ["works", "work A", "chapter", "history A", "audit", "title", "work choice"],
  "ImportForm.author": ["works", "imported"],
  "ImportForm.source_language": inRefused,
  "ImportForm.target_language": inRefused,
  "ImportForm.title": ["works", "imported"],
  "PreviewPrompt.model": inRefused,
  "PreviewPrompt.parameters": ["preview"],
  "PreviewPrompt.template": ["preview"],
  "RenamePrompt.name": ["imported", "audit"],
  "RestoreVersion.note": ["history A", "work A"],
  "RetranslateSegment.instruction": ["translating again", "attempts"],
  "SetPassword.password": inSecret,
  "SetPassword.token": inSecret,
  "SetUp.name": ["works", "history A", "version 1", "account", "users", "tokens", "audit", "attempts"],
  "SetUp.password": inSecret,
  "SetUp.token": inSecret,
  "UpdateChapter.source_text": ["other chapter"],
  "UpdateChapter.title": ["other chapter", "work B", "audit"],
  "UpdateSegment.text": ["chapter", "attempts", "editing by hand"],
  "UpdateWork.author": ["works", "work B"],
  "UpdateWork.source_language": inRefused,
  "UpdateWork.target_language": inRefused,
  "UpdateWork.title": ["works", "work B", "audit"],
  "address: a search": ["search"],
  "address: a cursor, an id, a filter": inRefused,
  "address: where to go after signing in": { nowhere: "not an address of the app" },
  "file: its name": ["importing"],
  "text: title": ["works", "importing"],
  "file: text, its chapter": ["imported text"],
  "file: text, its words": ["imported text"],
  "file: Markdown, its heading": ["imported Markdown"],
  "file: Markdown, its words": ["imported Markdown"],
  "file: EPUB, its title": ["works", "importing"],
  "file: EPUB, its author": ["works"],
  "file: EPUB, its contents": ["imported EPUB"],
  "file: EPUB, its words": ["imported EPUB"],
  "file: EPUB, its elements": { nowhere: "elements are read for their text, scripts for nothing" },
  "model: its text": ["attempts"],
  "model: its text while it comes": ["streaming"],
  "model: its name": ["attempts"],
  "model: the answer's id": { nowhere: "kept, and no page shows it" },
  "model: why it stopped": inMeaning,
  "provider: its error": inMeaning,
  "provider: its error in mid-stream": inMeaning,
};

/** The text that a field was filled with. */
const bareNames = ["CheckTemplate.template", "CheckTemplate.parameters", "file: its name", "text: title"];
export const textIn = (field: string) => (bareNames.includes(field) ? bare(field) : markup(field));
