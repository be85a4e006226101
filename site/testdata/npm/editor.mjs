// What the SQL page uses of CodeMirror, as the entry of its bundle.
export { autocompletion, completionKeymap } from "@codemirror/autocomplete";
export { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
export { PostgreSQL, SQLDialect, keywordCompletionSource } from "@codemirror/lang-sql";
export { HighlightStyle, LanguageSupport, bracketMatching, syntaxHighlighting } from "@codemirror/language";
export { EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
export { Decoration, EditorView, WidgetType, keymap, lineNumbers } from "@codemirror/view";
export { tags } from "@lezer/highlight";
