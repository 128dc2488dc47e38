// Rules that hold for every part of web/. Bans carry their reason.
import vue from 'eslint-plugin-vue'
import prettier from 'eslint-config-prettier'
import ts from 'typescript-eslint'
import vueParser from 'vue-eslint-parser'

export default ts.config(
  { ignores: ['**/dist/**', '**/wasm-pkg/**', '**/node_modules/**'] },
  ...ts.configs.recommended,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parser: vueParser, parserOptions: { parser: ts.parser, sourceType: 'module' } },
  },
  {
    rules: {
      'vue/multi-word-component-names': 'off',
      // Text a person typed must never become markup.
      'vue/no-v-html': 'error',
      'no-eval': 'error',
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'Text a person typed must never become markup.' },
        { property: 'outerHTML', message: 'Text a person typed must never become markup.' },
        {
          object: 'navigator',
          property: 'onLine',
          message: 'It lies in villages: only an answer from the server counts.',
        },
      ],
      'no-console': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['apps/**/*.{ts,vue}'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['@qiao/sync-client/*'], message: 'Screens know the device by its index alone.' },
            { group: ['**/apps/*'], message: 'Apps do not import from one another.' },
          ],
        },
      ],
    },
  },
  {
    files: ['ui/**/*.{ts,vue}'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@qiao/sync-client*', '**/sync-client/**', 'vant', 'vant/*'],
              allowTypeImports: true,
              message: 'Shared parts know no device and no widget library.',
            },
          ],
        },
      ],
    },
  },
  prettier,
)
